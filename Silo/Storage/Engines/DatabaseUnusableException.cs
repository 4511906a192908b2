namespace Headgate.Silo.Storage.Engines;

/// <summary>The database cannot be served from as it is; the message is for the administrator and says what to do.</summary>
internal sealed class DatabaseUnusableException(string message, Exception? inner = null) : Exception(message, inner);
