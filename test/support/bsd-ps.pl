# A stand-in for the `ps` of FreeBSD: its options and columns, as far as Buildhand uses them, from a /proc that its first
# argument names. As there, a column's title extends to the end of its argument, the environment precedes the arguments, and
# what it does not know is an error. In Perl, which Debian always has, since it starts in a few milliseconds.
use strict;
use warnings;
use POSIX qw(strftime);

my $proc = shift @ARGV;
my ($boot_seconds) = slurp("stat") =~ /^btime (\d+)$/m;
my $ticks_per_second = 100;

my @columns;
my @pids = ($$);
my $with_environment = 0;
while (@ARGV) {
  my $option = shift @ARGV;
  if ($option eq "-o") { push @columns, shift @ARGV // refuse("option requires an argument -- o"); }
  elsif ($option eq "-p") { @pids = (shift @ARGV // refuse("option requires an argument -- p")); }
  else {
    refuse("illegal argument: $option") unless $option =~ s/^-//;
    for my $letter (split //, $option) {
      if ($letter =~ /[ax]/) { opendir my $entries, $proc or die; @pids = grep { /^\d+$/ } readdir $entries; }
      elsif ($letter eq "e") { $with_environment = 1; }
      elsif ($letter ne "w") { refuse("illegal option -- $letter"); }
    }
  }
}

my %cells = (
  pid => sub { sprintf "%5d", $_[0]{pid} },
  ppid => sub { sprintf "%5d", $_[0]{fields}[1] },
  pgid => sub { sprintf "%5d", $_[0]{fields}[2] },
  stat => sub { sprintf "%-4s", "$_[0]{fields}[0]s" },
  lstart => sub {
    refuse("dates here are in English and UTC only") unless ($ENV{TZ} // "") eq "UTC" && ($ENV{LC_ALL} // "") eq "C";
    sprintf "%-28s", strftime("%a %b %e %H:%M:%S %Y", gmtime($boot_seconds + $_[0]{fields}[19] / $ticks_per_second));
  },
  ucomm => sub { sprintf "%-16s", $_[0]{name} },
  command => sub {
    my $environment = $with_environment ? words("$_[0]{pid}/environ") : "";
    join " ", grep { $_ ne "" } $environment, words("$_[0]{pid}/cmdline") || "[$_[0]{name}]";
  },
);

my $count = 0;
for my $pid (@pids) {
  my $stat = slurp("$pid/stat");
  next unless $stat =~ /^\d+ \((.*)\) (.*)$/s;
  my $one = { pid => $pid, name => $1, fields => [split / /, $2] };
  my @row;
  for my $column (@columns) {
    my ($name, $title) = split /=/, $column, 2;
    refuse("$column: keyword not found") unless defined $title && $title eq "" && exists $cells{$name};
    push @row, $cells{$name}->($one);
  }
  my $line = join " ", @row;
  $line =~ s/ +$//;
  print "$line\n";
  $count += 1;
}
exit($count > 0 ? 0 : 1);

sub refuse {
  print STDERR "ps: $_[0]\n";
  exit 1;
}

# Empty for a process of another user, or one that is gone.
sub slurp {
  open my $file, "<", "$proc/$_[0]" or return "";
  local $/;
  return <$file> // "";
}

# The strings of a file that ends each with a NUL, with blanks in between.
sub words {
  return join " ", grep { $_ ne "" } split /\0/, slurp($_[0]);
}
