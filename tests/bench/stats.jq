# Of an array of numbers.

def median:
	sort | length as $n |
	if $n == 0 then error("nothing was measured")
	elif $n % 2 == 1 then .[($n - 1) / 2]
	else (.[$n / 2 - 1] + .[$n / 2]) / 2
	end;

def spread: {median: median, min: min, max: max};
