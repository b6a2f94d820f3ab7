using Gesso.Cli;

return await CommandLine.RunAsync(args);
