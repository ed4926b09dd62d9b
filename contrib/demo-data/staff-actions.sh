#!/bin/sh
# SPDX-License-Identifier: ISC
# What staff did before the demo's Tuesday morning; made by
# tests/reference/portfolio.py.  The words given to this script go to
# each command (-c FILE, say); $DUNLIN names the program.
set -eu

staff() {
	verb=$1
	shift
	${DUNLIN:-dunlin} "$verb" $options "$@"
}
options=$*

staff hold CO-0005 --until 2026-12-06 --reason 'flood in the area'
staff promise FE-10336 --until 2026-12-03 --reason 'said on the phone'
staff dispute FE-10401 --reason 'goods arrived damaged'
staff dispute FE-10455 --reason 'goods arrived damaged'
staff dispute FE-10459 --reason 'not delivered'
staff hold CO-0050 --until 2026-11-29 --reason bereavement
staff dispute FE-10487 --amount 'COP 39000.00' --reason 'one line of the invoice is wrong'
staff hold CO-0064 --until 2026-12-07 --reason 'credit note on its way'
staff dispute FE-10571 --reason 'wrong price'
staff promise FE-10684 --until 2026-11-30 --reason 'said on the phone'
staff optout CL-0017 --channel email --reason 'asked by reply'
staff promise FE-10947 --until 2026-11-30 --reason 'said on the phone'
staff hold FE-10954 --until 2026-12-06 --reason 'credit note on its way'
staff dispute FE-10970 --reason 'wrong price'
staff dispute FE-10975 --amount 'MXN 500.95' --reason 'one line of the invoice is wrong'
staff dispute FE-11010 --amount 'MXN 2358.55' --reason 'one line of the invoice is wrong'
staff dispute FE-11079 --amount 'BRL 33.36' --reason 'one line of the invoice is wrong'
staff dispute FE-11095 --reason 'goods arrived damaged'
staff promise A26/02351 --until 2026-11-26 --reason 'said on the phone'
staff dispute A26/02384 --amount 'EUR 79.74' --reason 'one line of the invoice is wrong'
staff promise A26/02418 --until 2026-11-27 --reason 'said on the phone'
staff hold A26/02504 --until 2026-12-07 --reason 'credit note on its way'
staff hold A26/02552 --until 2026-12-12 --reason bereavement
staff optout GB-0005 --channel email --reason 'asked by reply'
staff promise A26/02637 --until 2026-12-02 --reason 'said on the phone'
