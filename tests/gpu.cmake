# The GPU folder, tried without a GPU.
