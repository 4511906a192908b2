namespace Headgate.Silo.Storage.Copying;

/// <summary>A database is not copied; the message says why and what to do. The target is as it was.</summary>
internal sealed class DatabaseCopyException(string message, Exception? inner = null) : Exception(message, inner);
