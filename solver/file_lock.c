#include "file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static struct flock one_byte(long long byte) {
  return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
}

int EluteFileLock(int descriptor, long long byte) {
  struct flock lock = one_byte(byte);

  return fcntl(descriptor, F_SETLK, &lock) ? errno : 0;
}

bool EluteFileLocked(int descriptor, long long byte) {
  struct flock lock = one_byte(byte);

  return fcntl(descriptor, F_GETLK, &lock) || lock.l_type != F_UNLCK;
}
