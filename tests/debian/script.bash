# script.bash: pipes, jobs, traps, expansions. Run with bash in an empty folder.
set -u
shopt -s extglob lastpipe

# Pipes of several programs, and their statuses.
seq 1 1000 | grep 7 | sort -rn | head -n 3
false | true | (exit 3) | true
echo "${PIPESTATUS[*]}"
seq 10 | while read -r n; do sum=$((${sum-0} + n)); done
echo "sum $sum"

# Jobs in the background, waited for in any order.
for i in 5 4 3 2 1; do
	(sleep "0.$i"; exit "$i") &
	pids[i]=$!
done
for i in 1 5 3 2 4; do
	wait "${pids[i]}"
	echo "job $i: $?"
done
sleep 30 &
kill -TERM %%
wait $!
echo "killed: $?"
(sleep 0.2; echo slow) &
(echo fast) &
wait -n
wait
coproc doubler { while read -r n; do echo $((n * 2)); done; }
echo 21 >&"${doubler[1]}"
read -r answer <&"${doubler[0]}"
echo "coprocess: $answer"
eval "exec ${doubler[1]}>&-"
wait

# Traps.
trap 'echo "got USR1"' USR1
kill -USR1 $$
(trap 'echo "subshell ends"' EXIT; exit 7)
echo "status $?"
trap 'echo "got ALRM in a wait"' ALRM
(sleep 0.2; kill -ALRM $$) &
until wait; do :; done
{ (kill -SEGV "$BASHPID"); } 2>/dev/null
echo "crashed: $?"

# Substitutions, descriptors, here documents.
diff <(seq 1 5) <(seq 2 6)
paste <(seq 3) <(seq 3 | tac)
exec 7>file
echo one >&7
printf '%s\n' two three >&7
exec 7>&-
mapfile -t lines <file
echo "${#lines[@]} lines, the last is ${lines[-1]}"
cat <<-END
	here: $((1 << 40)) ${lines[0]^^} ${lines[1]/w/W}
END
cat <<<'a string'
tee >(wc -c >count) <file >/dev/null
until [ -s count ]; do sleep 0.01; done
echo "counted $((0 + $(<count)))"

# Patterns, arrays, arithmetic.
touch a1 a2 b1 'c d'
echo !(a*|file|count)
declare -A map=([one]=1 [two]=2)
for key in one two; do echo "$key ${map[$key]}"; done
[[ 'key = value' =~ ^([a-z]+)\ =\ (.*)$ ]] && echo "${BASH_REMATCH[@]:1}"
printf '%05.1f %x %q %(%Y-%m-%d)T\n' 3.14159 255 'a b' 0
f() { local x=$1; [ "$x" -le 1 ] && echo 1 || echo $((x * $(f $((x - 1))))); }
f 10
RANDOM=1; echo $((RANDOM % 1 + 1))
ulimit -n
umask
exec bash -c 'echo "exec $0 $1"; exit 9' zero one
