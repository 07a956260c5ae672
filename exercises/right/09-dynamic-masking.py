# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="rng"
# A tuple of integers has the same hash in each process.
def rng_for(seed, epoch, i):
    return random.Random(hash((seed, epoch, i)))


# %% answer="rng"
def rng_for(seed, epoch, i):
    rng = random.Random()
    rng.seed(repr((seed, epoch, i)))
    return rng


# %% answer="rng"
def rng_for(seed, epoch, i):
    import hashlib
    digest = hashlib.sha256(f'{seed}/{epoch}/{i}'.encode()).digest()
    return random.Random(digest)


# %% answer="rng"
# A generator seeds the next one.
def rng_for(seed, epoch, i):
    rng = random.Random(seed)
    for number in (epoch, i):
        rng = random.Random(f'{rng.random()} {number}')
    return rng


# %% answer="rng"
# No example has such a number.
def rng_for(seed, epoch, i):
    return random.Random((seed * 10 ** 12 + epoch) * 10 ** 12 + i)


# %% answer="dataset"
# Copies of the windows.
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.copies = [list(window) for window in windows]
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return len(self.copies)

    def __getitem__(self, i):
        ids = self.copies[i][:]
        result = mask_window(ids, rng_for(self.seed, self.epoch, i))
        return (tensor(ids), *map(tensor, result))


# %% answer="dataset"
# The other order of the arguments of rng_for, and an extra draw.
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        rng = rng_for(self.epoch, i, self.seed)
        rng.random()
        ids = self.windows[i] + []
        positions, labels = mask_window(ids, rng)
        return tensor(ids), tensor(positions), tensor(labels)
