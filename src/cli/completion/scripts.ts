// The completion scripts: each hands the words so far to the program and offers what it answers.

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script of a shell, for the program of that name. */
export function formatScript(shell: Shell, program: string): string {
  if (shell === 'bash') return formatBash(program)
  return shell === 'zsh' ? formatZsh(program) : formatFish(program)
}

/** Words are read from the line itself: readline breaks them at colons, and targets have some. */
function formatBash(program: string): string {
  return `# bash completion for ${program}; load it with: source <(${program} completion bash)
_${program}_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} one rest
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local last=\${words[\${#words[@]}-1]}
  local before=\${last%"\${last##*:}"}
  [[ $COMP_WORDBREAKS == *:* ]] || before=''
  COMPREPLY=()
  while IFS=$'\\t' read -r one rest; do
    COMPREPLY+=("\${one#"$before"}")
  done < <("$1" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _${program}_complete ${program}
`
}

function formatZsh(program: string): string {
  return `#compdef ${program}
# zsh completion for ${program}; load it with: source <(${program} completion zsh)
_${program}() {
  local tab=$'\\t' line text about
  local -a described
  for line in "\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    text=\${line%%$tab*} about=\${line#*$tab}
    [[ -n $text ]] && described+=("\${text//:/\\\\:}:$about")
  done
  if (( $#described )); then _describe '${program}' described; else _files; fi
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`
}

function formatFish(program: string): string {
  return `# fish completion for ${program}; load it with: ${program} completion fish | source
function __${program}_complete
  set -l words (commandline -opc)
  set -l last (commandline -ct)
  $words[1] __complete -- $words[2..-1] "$last" 2>/dev/null
end
complete -c ${program} -f -a '(__${program}_complete)'
for option in file config api-key-file state-dir haproxy
  complete -c ${program} -l $option -r -F
end
complete -c ${program} -s f -r -F
`
}
