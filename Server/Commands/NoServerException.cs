namespace Headgate.Server.Commands;

/// <summary>There is no server to talk to; the message says what to do.</summary>
internal sealed class NoServerException(string message, Exception inner) : Exception(message, inner);
