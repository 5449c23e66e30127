# hardware.bash: what a machine has besides CPUs and memory: a chipset with an
# IOMMU, scratch disks, a line to the emulator's monitor. Sourced by run, which
# has a temporary folder $temp and QEMU's arguments in $qemu, to which the
# functions add.
# shellcheck shell=bash disable=SC2154,SC2034,SC2054 # run's; commas are QEMU's

# Sets $chipset, which has to come before all other devices, and $iommu_words,
# which Linux is to be told.
choose_chipset() { # none|intel|intel-direct|amd|''
	chipset=() iommu_words=
	case $1 in
	'') return ;;
	none) chipset=(-machine q35) ;;
	intel | intel-direct | amd)
		chipset=(-machine q35,kernel-irqchip=off)
		;;
	*) die "--iommu $1: not one of none, intel, intel-direct and amd" ;;
	esac
	case $1 in
	intel) chipset+=(-device intel-iommu,intremap=on,device-iotlb=on) ;;
	intel-direct)
		chipset+=(-device intel-iommu,intremap=off,caching-mode=on)
		;;
	# With pass-through QEMU lets all DMA of its own devices through.
	amd) chipset+=(-device amd-iommu,pt=off) ;;
	esac
	[[ $1 != intel* ]] || iommu_words=' intel_iommu=on'
}

# A request of the kind KIND (read, write, flush) fails that SECTOR is part of.
# Adds to $drive.
fail_at() { # KIND@SECTOR
	local rule=file.inject-error.$rules kind=${1%@*} sector=${1#*@}
	[[ $1 =~ ^(read|write|flush)@[0-9]{1,12}$ ]] ||
		die "--disk: error=$1: not a KIND@SECTOR"
	drive+=",$rule.event=none,$rule.iotype=$kind,$rule.errno=5"
	[ "$kind" = flush ] || drive+=",$rule.sector=$sector"
	rules=$((rules + 1))
}

# The path of the image of disk N.
image_of() { # N
	echo "$temp/disk$1"
}

# Adds to $drive and $properties what the options say. What is to fail does in a
# layer above the file, which is $file then.
disk_options() { # N OPTION...
	local n=$1 option rules=0
	shift
	for option; do
		case $option in
		iops=*) drive+=",throttling.iops-total=${option#*=}" ;;
		error=*) fail_at "${option#*=}" ;;
		port)
			qemu+=(-device
				"pcie-root-port,id=port$n,chassis=$((n + 1))")
			properties+=",bus=port$n"
			;;
		?*) properties+=",$option" ;;
		esac
	done
	if [ $rules -gt 0 ]; then
		drive+=,file.driver=blkdebug
		file=file.image
	else
		drive+=,cache=unsafe
	fi
}

add_disk() { # N SIZE[:KIND[:OPTION,...]]
	local n=$1 size kind words options drive='' properties='' file=file path
	IFS=: read -r size kind words <<<"$2"
	IFS=, read -ra options <<<"$words"
	[[ $size =~ ^[1-9][0-9]{0,8}[MG]$ ]] ||
		die "--disk $2: '$size' is not a size such as 64M"
	disk_options "$n" ${options[@]+"${options[@]}"}
	path=$(image_of "$n")
	path=${path//,/,,}
	drive+=,$file.driver=file,$file.filename=$path
	qemu+=(-drive "if=none,id=disk$n,format=raw$drive")
	case ${kind:-nvme} in
	nvme)
		qemu+=(-device
			"nvme,id=nvme$n,serial=pisces$n,drive=disk$n$properties")
		;;
	ahci)
		qemu+=(-device "ahci,id=ahci$n$properties"
			-device "ide-hd,serial=pisces$n,drive=disk$n,bus=ahci$n.0")
		;;
	*) die "--disk $2: '$kind' is neither nvme nor ahci" ;;
	esac
}

# Sparse files: they take as much room as is written to them.
make_images() { # SIZE[:KIND[:OPTION,...]]...
	local n=0 disk
	for disk; do
		truncate -s "${disk%%:*}" "$(image_of $n)"
		n=$((n + 1))
	done
}

# QEMU is at both ends: its monitor's, and that of the machine's port.
add_monitor() {
	local path=$temp/monitor
	path=${path//,/,,}
	qemu+=(
		-chardev "socket,id=monitor,path=$path,server=on,wait=off"
		-mon chardev=monitor,mode=readline
		-chardev "socket,id=port,path=$path"
		-device virtserialport,chardev=port,name=monitor
	)
}
