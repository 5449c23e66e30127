! SPDX-License-Identifier: GPL-2.0-only
! What Fortran programs use of their run-time library: formatted output,
! allocatable arrays, internal and external files, the command line.
program hello
  implicit none
  real(8), allocatable :: a(:, :), b(:, :), c(:, :)
  character(len=256) :: name, line
  integer :: i, j, n, status, lines
  real(8) :: number, total

  n = 100
  allocate(a(n, n), b(n, n), c(n, n))
  do j = 1, n
    do i = 1, n
      a(i, j) = 1.0d0 / dble(i + j - 1)
      b(i, j) = dble(i - j)
    end do
  end do
  c = matmul(a, b)
  write (*, '(a, f16.8, es14.6)') 'sum and largest: ', sum(c), &
    maxval(abs(c))
  write (*, '(3(i5, 1x), l2, a10)') 1, -22, 333, .true., 'right'
  write (line, '(z8.8)') 48879
  print *, trim(line)
  deallocate(a, b, c)

  open (unit=10, file='scratch.txt', status='replace', action='readwrite')
  do i = 1, 1000
    write (10, *) dble(i) / 4
  end do
  rewind (10)
  total = 0
  do i = 1, 1000
    read (10, *) number
    total = total + number
  end do
  close (10, status='delete')
  write (*, '(a, f12.2)') 'read back: ', total

  call get_command_argument(1, name, status=status)
  if (status == 0) then
    open (unit=11, file=trim(name), status='old', action='read', &
      iostat=status)
    if (status /= 0) then
      write (0, '(a)') 'cannot read the input'
      stop 3
    end if
    lines = 0
    total = 0
    do
      read (11, *, iostat=status) number
      if (status /= 0) exit
      lines = lines + 1
      total = total + number
    end do
    close (11)
    write (*, '(i0, a, f12.4)') lines, ' numbers, sum ', total
  end if
  stop 4
end program hello
