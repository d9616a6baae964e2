// A hostile guest in the process: on SIGUSR2 something throws in a timer that belongs to nobody.
process.on('SIGUSR2', () =>
  setTimeout(() => {
    throw new TypeError('a bug of nobody')
  }, 1),
)
