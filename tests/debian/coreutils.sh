# coreutils.sh: programs of coreutils, grep, sed, gawk, findutils, tar and gzip,
# on files of their own. Run with the system's shell in an empty folder.
set -e
LC_ALL=C
export LC_ALL

seq 1 2000 >numbers
sort -R --random-source=numbers numbers >shuffled
cmp -s numbers shuffled || echo shuffled
sort -n shuffled | cmp - numbers && echo sorted
sort -S 100K --parallel=4 shuffled | md5sum
shuf --random-source=numbers -n 3 numbers
factor 1000000007 123456789012345678
paste -sd+ numbers | tr -d '\n' | wc -c
split -n l/7 numbers part.
wc -l part.*
cat part.* | cmp - numbers
comm -12 numbers numbers | tail -n 1
join numbers numbers | sha256sum
printf '%s\n' a:1:x b:2:y | cut -d: -f1,3 --output-delimiter=-
printf 'a b\nb c\nc d\n' | tsort
od -A d -t x1z <numbers | head -n 3
base64 -w 40 numbers | tail -n 2
expr 6 \* 7
date -u -d @1700000000 +%FT%TZ
numfmt --to=iec 123456789
nl numbers | sed -n '5,7p'
tac numbers | head -n 2
fold -w 10 <<END
the quick brown fox jumps over the lazy dog
END

mkdir -p tree/a/b tree/c
ln -s ../a tree/c/link
ln numbers tree/hard
mkfifo tree/fifo
touch -d @1000000000 tree/old
chmod 640 tree/old
install -m 755 numbers tree/a/program
cp -a tree copy
diff -r --no-dereference tree/a copy/a && echo same
stat -c '%n %F %a %s %h' tree/old tree/hard tree/a/program
stat -c '%Y %y' tree/old
ls -1F tree
find tree -type l -o -type p | sort
find tree -newermt @1100000000 -name old
find . -name 'part.*' -print0 | sort -z | xargs -0 -n 3 echo
readlink -f tree/c/link/b | sed "s|^$PWD||"
du -a --apparent-size --block-size=1 tree/a/program
truncate -s 1M sparse && stat -c '%s %b' sparse
dd if=numbers of=sparse bs=100 count=3 seek=5 conv=notrunc status=none
tail -c +501 sparse | head -c 20
rm -r copy
mv tree/a tree/d
rmdir tree/d/b
tar -C tree --sort=name --owner=0 --group=0 --mtime=@0 -cf - . | tar -tf -
tar -cf - numbers | gzip -9 | gzip -d | tar -xOf - | cmp - numbers && echo packed
grep -c 7 numbers
grep -nE '^(1[0-9]|2)0$' numbers
sed -E -n 's/^(.)(.)\1$/\2/p' numbers | sort | uniq -c
gawk '{ s += $1 * $1 } END { printf "%d %.3f\n", s, sqrt(s) }' numbers
gawk 'BEGIN { "echo from a pipe" | getline x; print x; print strftime("%Y", 0, 1) }'
timeout 0.1 sleep 10 || echo "status $?"
env -i A=1 printenv
nohup true 2>/dev/null && nice -n 3 nice
test -r numbers -a ! -e nothing && echo tests
yes | head -n 100000 | uniq -c
cat nothing || echo "status $?"
