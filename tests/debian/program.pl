# program.pl: processes, pipes, files, sockets and sorting in Perl. Run in an
# empty folder.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Fcntl qw(:flock :seek);
use File::Find;
use File::Path qw(make_path remove_tree);
use IO::Select;
use List::Util qw(sum shuffle);
use POSIX qw(:sys_wait_h strftime);
use Socket;
use Storable qw(freeze thaw);
use Time::HiRes qw(sleep time);

$| = 1;
my @children = map {
	my $n = $_;
	my $pid = fork() // die "fork: $!";
	exit $n unless $pid;
	$pid;
} 1 .. 10;
print "children: ", sum(map { waitpid($_, 0); $? >> 8 } @children), "\n";

pipe(my $r, my $w) or die;
if (!fork) {
	close $r;
	print $w "line $_\n" for 1 .. 1000;
	exit 0;
}
close $w;
my @lines = <$r>;
wait;
print scalar(@lines), " lines, ", md5_hex(@lines), "\n";

open my $sort, '-|', 'printf "%s\n" 3 1 2 | sort -n' or die;
print "sorted: $_" while <$sort>;
close $sort;
open my $to, '|-', 'tr a-z A-Z' or die;
print $to "through tr\n";
close $to;
print "status ", $? >> 8, "\n";
print "backticks: ", `printf '%s-' a b c; exit 4`, " ", $? >> 8, "\n";

$SIG{ALRM} = sub { die "alarm\n" };
eval { Time::HiRes::alarm(0.05); sleep 60; };
print "interrupted by $@";
local $SIG{USR1} = sub { print "USR1\n" };
kill USR1 => $$;

open my $f, '+>', 'file' or die;
print $f "x" x 100, "\n" for 1 .. 50;
seek $f, 101 * 10, SEEK_SET;
print length(<$f>), " ", -s 'file', "\n";
flock $f, LOCK_EX or die;
if (!fork) {
	open my $g, '<', 'file' or die;
	print flock($g, LOCK_EX | LOCK_NB) ? "not locked\n" : "locked\n";
	exit 0;
}
wait;
make_path('a/b/c', 'a/d');
symlink 'b', 'a/link';
my @found;
find({ wanted => sub { push @found, $File::Find::name }, no_chdir => 1 }, 'a');
print join(' ', sort @found), "\n";
print "removed ", remove_tree('a'), "\n";

socketpair(my $one, my $two, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
syswrite $one, "hello";
my @ready = IO::Select->new($two)->can_read(60);
sysread $ready[0], my $text, 100;
print "socket: $text\n";

srand 42;
my %count;
$count{ length $_ }++ for map { 'x' x int rand 20 } 1 .. 1000;
print sum(values %count), " in ", scalar(keys %count), "\n";
my $copy = thaw freeze { list => [ 1 .. 5 ], nested => { a => 'b' } };
print "@{ $copy->{list} } $copy->{nested}{a}\n";
print strftime('%Y-%m-%d', gmtime 86400 * 365), "\n";
(my $s = 'The quick brown fox') =~ s/(\w+) (\w+)/$2 $1/;
print "$s\n";
printf "%.10f %s\n", atan2(1, 1) * 4, 2**70;
exit 5;
