#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Do bash and zsh complete what selvage takes?  The words that they are offered are tried on the program itself.
# shellcheck disable=SC2317 # tap_ok calls the functions
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=t/tap.sh
. "$here/../tap.sh"
selvage=$(readlink -f "${SELVAGE:?the program to test}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 2
mkdir 'a dir' && touch policy.yaml 'two words.yaml'
ln -s "$selvage" selvage
PATH=$scratch:$PATH
"$selvage" completion bash >selvage.bash
"$selvage" completion zsh >_selvage

# offered WORD...: what bash completes the last word with, sorted, a line each.
offered() {
	bash --norc -c '
		source selvage.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_selvage
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | LC_ALL=C sort
}

# completes WANTED WORD...: WANTED is what there should be, joined by blanks.
completes() {
	local wanted=$1 have
	shift
	have=$(offered "$@" | paste -sd ' ')
	[ "$have" = "$wanted" ] || { echo "offered: $have" && return 1; }
}

every_command() {
	[ "$(offered selvage '' | grep -v '^-')" = "$(selvage help | sed -n 's/^  \([a-z]*\) .*/\1/p')" ]
}

every_option() {
	for command in $(selvage help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		diff <(offered selvage "$command" --) <({ echo --help && selvage help "$command" | grep -o -e '  --[a-z0-9-]*\|, --[a-z0-9-]*' |
			tr -d ' ,'; } | LC_ALL=C sort) || return 1
	done
}

# Every format that is offered is one that the program takes, and every word it does not take is not offered.
every_choice() {
	echo '{}' >empty.yaml
	formats=$(offered selvage check -o '')
	[ "$(wc -w <<<"$formats")" -ge 9 ]
	for format in $formats; do
		status=0
		selvage check -o "$format" empty.yaml >/dev/null 2>err || status=$?
		[ $status = 1 ] || { cat err && echo "$format: $status" && return 1; }
	done
	selvage check -o html empty.yaml 2>err && return 1
	for format in $(sed 's/.*there are //; s/,//g; s/ and / /' err); do
		grep -qx -e "$format" -e text <<<"$formats" || { echo "$format is not offered" && return 1; }
	done
}

# zsh_completes WANTED LINE: in a terminal of its own, Tab behind LINE makes WANTED of it.
zsh_completes() {
	local have
	command -v zsh >/dev/null || { echo "there is no zsh" && exit 77; }
	have=$(timeout 60 zsh -f -c '
		zmodload zsh/zpty
		zpty shell "TERM=dumb zsh -f -i"
		zpty -w shell "fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D; unsetopt zle_bracketed_paste"
		zpty -w shell "said() { print -r -- \"<<\$BUFFER>>\" }; zle -N said; bindkey \"^X\" said; print rea\"dy\""
		zpty -r shell text "*ready*"
		zpty -n -w shell "$1"$'"'\\t\\x18'"'
		zpty -r shell text "*<<*>>*"
		print -r -- "$text"
		zpty -d shell' zsh "$2" | tr -d '\r' | sed -n 's/.*<<\(.*[^ ]\) *>>.*/\1/p')
	[ "$have" = "$1" ] || { echo "made of it: $have" && return 1; }
}

zsh_parses() {
	command -v zsh >/dev/null || { echo "there is no zsh" && exit 77; }
	zsh -n _selvage
}

tap_ok "bash offers every command" every_command
tap_ok "bash offers every option of every command" every_option
tap_ok "what is offered behind -o is what check takes" every_choice
tap_ok "a command is completed" completes "check" selvage che
tap_ok "values of an option are completed" completes "sarif" selvage check --output s
tap_ok "values behind = are completed" completes "junit" selvage check --output = ju
tap_ok "values right behind = are all offered" completes "always auto never" selvage check --color =
tap_ok "values of a letter are completed" completes "facts nft" selvage render -o ''
tap_ok "files are completed, blanks and all" completes "two words.yaml" selvage check tw
tap_ok "files are completed behind an option" completes "policy.yaml" selvage render --from po
tap_ok "what cannot be known is not guessed" completes "" selvage render --node p
tap_ok "commands are operands of help" completes "render" selvage help ren
tap_ok "shells are operands of completion" completes "bash zsh" selvage completion ''
tap_ok "nothing is offered for a command that is not there" completes "" selvage nothing ''
tap_ok "kubectl-selvage is completed as well" bash --norc -c 'source selvage.bash && complete -p kubectl-selvage'
tap_ok "bash finds nothing wrong with its script" bash -n selvage.bash
tap_ok "zsh finds nothing wrong with its script" zsh_parses
tap_ok "zsh completes commands" zsh_completes "selvage completion" "selvage comp"
tap_ok "zsh completes options" zsh_completes "selvage check --strict" "selvage check --st"
tap_ok "zsh completes values" zsh_completes "selvage check --output=sarif" "selvage check --output=sa"
tap_ok "zsh completes files" zsh_completes "selvage check policy.yaml" "selvage check pol"
tap_ok "zsh completes operands" zsh_completes "selvage completion bash" "selvage completion b"
tap_done
