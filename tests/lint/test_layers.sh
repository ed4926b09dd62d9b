#!/bin/sh
# SPDX-License-Identifier: ISC
# Every #include obeys src/LAYERS: modules use only what stands below them, a
# line of LAYERS names only earlier lines, foreign headers have one home.
cd "${srcdir:-.}" || exit 1
echo "1..2"
bad=$(awk '
/^#/ || !NF { next }
/^</ { next }
{ sub(/:$/, "", $1); for (i = 2; i <= NF; i++) if (!($i in seen))
	print "src/LAYERS: " $1 " names " $i ", which is not an earlier line"
  seen[$1] = 1 }' src/LAYERS)
if [ -z "$bad" ]; then
	echo "ok 1 - LAYERS names only earlier lines"
else
	echo "$bad" | sed 's/^/# /'
	echo "not ok 1 - LAYERS names only earlier lines"
fi
bad=$(find src -name '*.[ch]' | LC_ALL=C sort | xargs awk '
BEGIN {
	while ((getline line < "src/LAYERS") > 0) {
		if (line ~ /^#/ || line == "")
			continue
		if (line ~ /^</) {
			split(line, part, ": *")
			home[substr(part[1], 2)] = part[2]
			continue
		}
		n = split(line, word, "[: ]+")
		allowed[word[1], word[1]] = 1
		for (i = 2; i <= n; i++)
			allowed[word[1], word[i]] = 1
	}
}
/^#include/ {
	split(FILENAME, path, "/")
	module = path[2]
	if ($2 ~ /^"/) {
		split(substr($2, 2), part, "/")
		if (part[1] != "config.h\"" && !((module, part[1]) in allowed))
			print FILENAME ":" FNR ": " module " may not include " $2
	} else {
		name = substr($2, 2)
		for (prefix in home)
			if (index(name, prefix) == 1 &&
			    index(" " home[prefix] " ", " " module " ") == 0)
				print FILENAME ":" FNR ": " $2 " lives in " home[prefix]
	}
}')
if [ -z "$bad" ]; then
	echo "ok 2 - includes go downwards only"
else
	echo "$bad" | sed 's/^/# /'
	echo "not ok 2 - includes go downwards only"
fi
