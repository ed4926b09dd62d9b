/* SPDX-License-Identifier: ISC */
#include "http/http.h"

#include <curl/curl.h>

bool
http_init(struct err *err)
{
	CURLcode	code = curl_global_init(CURL_GLOBAL_DEFAULT);

	return code == CURLE_OK || err_set(err, ERR_SYSTEM, "libcurl: %s",
	    curl_easy_strerror(code));
}
