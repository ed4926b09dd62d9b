# SPDX-License-Identifier: ISC
# bash completion for dunlin(1); what there is comes from the program's own
# --help, so that this file need not follow it.

_dunlin_commands()
{
	dunlin --help 2>/dev/null | sed -n 's/^  \([a-z-]*\)  *.*/\1/p'
}

_dunlin_options()
{
	dunlin "$1" --help 2>/dev/null |
	    sed -n 's/^  \(--*[a-z-]*\).*/\1/p'
	echo --help
}

# The words that may follow a command, as its usage line names them.
_dunlin_verbs()
{
	dunlin "$1" --help 2>/dev/null | sed -n '1{
		s/^Usage: dunlin [a-z-]* //
		s/\[--[^]]*\]//g
		s/--[a-z-]* [^ |]*//g
		s/[][|]/ /g
		s/\// /g
		p
	}' | tr ' ' '\n' | grep -x '[a-z-]\{2,\}'
}

# The choices that an option's help lists: "... a, b or c".
_dunlin_values()
{
	case $2 in
	--channel)
		echo email sms whatsapp voice letter visit
		;;
	--outcome)
		echo delivered answered no_answer failed
		;;
	--scope)
		echo person customer invoice instalment
		;;
	--as)
		echo sent not-sent resend
		;;
	--state)
		echo ready claimed intent accepted delivered read bounced \
		    failed in-doubt cancelled dead
		;;
	--type)
		echo consumer business
		;;
	--kind)
		[ "$1" = import ] && echo customers invoices payments \
		    credit-notes open-items
		;;
	--end)
		case $1 in
		dispute)
			echo accepted rejected withdrawn
			;;
		promise)
			echo kept broken cancelled
			;;
		esac
		;;
	esac
}

_dunlin()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}
	local words

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words=$(_dunlin_commands)
	elif [ "$previous" = -c ]; then
		words=
	elif words=$(_dunlin_values "$command" "$previous") &&
	    [ -n "$words" ]; then
		:
	elif [ "${current#-}" != "$current" ]; then
		words=$(_dunlin_options "$command")
	elif [ "$COMP_CWORD" -eq 2 ]; then
		words=$(_dunlin_verbs "$command")
	else
		words=
	fi
	# Words without blanks or globs: split on purpose.
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

# What is none of these is a file, as for import and -c.
complete -o bashdefault -o default -F _dunlin dunlin
