#!/usr/bin/env bash
# The step of action.yml that runs sgidcheck: ARGS is its command line, in the quoting
# of a shell, of which nothing is expanded or run. The folder REPORT receives the
# report, whose summary goes to that of the job. Ends with sgidcheck's exit code.
set -euo pipefail
words=$(printf '%s\n' "$ARGS" | tr '\n' ' ' | xargs -n1 printf '%s\n') || {
	echo "action.sh: args is no command line: is a quote left open?" >&2
	echo "exit-code=2" >>"$GITHUB_OUTPUT"
	exit 2
}
line=()
while IFS= read -r word; do line+=("$word"); done <<<"$words"
began=$(mktemp)
trap 'rm -f "$began"' EXIT
code=0
SGIDCHECK_OUT=$REPORT SGIDCHECK_PROGRESS=plain sgidcheck "${line[@]}" || code=$?
if [ -f "$REPORT/summary.md" ] && [ ! "$REPORT/summary.md" -ot "$began" ]; then
	cat "$REPORT/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
