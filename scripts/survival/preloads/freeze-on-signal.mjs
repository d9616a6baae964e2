// A hostile guest in the process: on SIGUSR2 the event loop stands still for FREEZE_MS.
process.on('SIGUSR2', () => {
  const endMs = Date.now() + Number(process.env.FREEZE_MS)
  while (Date.now() < endMs);
})
