namespace Headgate.Silo.Storage;

/// <summary>
/// The connection to the database ended after a commit was sent and before it was answered: what was to be written is there as a whole or not at all, and only reading
/// tells which. A grain that gets it is deactivated and reads anew.
/// </summary>
/// <param name="inner">What happened to the connection.</param>
internal sealed class CommitUnknownException(Exception inner)
    : Exception("The connection to the database ended while it committed: the change was made, or it was not. Look before you make it again.", inner);
