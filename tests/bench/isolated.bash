# isolated.bash: what calls, noise and times share.
# shellcheck shell=bash

# What a Linux has to be told at boot to leave CPUs alone, as well as it can.
isolated() { # CPUS
	echo "isolcpus=nohz,domain,managed_irq,$1 nohz_full=$1 rcu_nocbs=$1" \
		"irqaffinity=0 nowatchdog"
}
