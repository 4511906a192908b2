using Headgate.Connector.Commands;
using Headgate.Connector.Failover;

using var stopping = new UserStop();
stopping.Listen();
return await new ConnectorProgram(ConnectorConsole.System, stopping, TimeProvider.System).RunAsync(args);
