using Headgate.Server.Commands;

return await ServerCommand.RunAsync(args, Console.Out, Console.Error);
