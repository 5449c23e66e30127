# Reads TAP, of one plan or several in a row, and writes it with the tests
# numbered on from where the last reader stopped; STATE is the file that keeps
# the counts: number, passed, failed, skipped. A line "# file NAME" begins a
# plan; tests that a plan promises and that do not come have failed.

function end_plan() {
	if (name != "" && !plans)
		planned = seen + 1
	if (seen < planned) {
		number++
		failed += planned - seen
		printf "not ok %d - %s: %d of %d tests did not run\n", number,
			name, planned - seen, planned
	}
	planned = seen = plans = 0
}

BEGIN {
	if ((getline line <STATE) > 0) {
		split(line, counts)
		number = counts[1]; passed = counts[2]
		failed = counts[3]; skipped = counts[4]
	}
	close(STATE)
}

/^# file / {
	end_plan()
	name = $3
	print
	fflush()
	next
}

/^1\.\.[0-9]+/ {
	planned += substr($1, 4)
	plans++
	next
}

/^(not )?ok / {
	bad = /^not /
	seen++
	number++
	sub(/^(not )?ok [0-9]+( - | )/, "")
	if (!bad && /# skip/)
		skipped++
	else if (bad)
		failed++
	else
		passed++
	printf "%s %d - %s\n", bad ? "not ok" : "ok", number, $0
	fflush()
	next
}

{
	print /^#/ ? $0 : "# " $0
	fflush()
}

END {
	end_plan()
	printf "%d %d %d %d\n", number, passed, failed, skipped >STATE
}
