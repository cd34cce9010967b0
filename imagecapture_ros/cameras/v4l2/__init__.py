"""Linux cameras: Video4Linux capture nodes, through a thin layer of our own on ioctl, mmap and poll."""
