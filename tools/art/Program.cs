using Gesso.Art;

return ArtCommand.Create().Parse(args).Invoke();
