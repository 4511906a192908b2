namespace Headgate.Server.Backup;

/// <summary>A backup cannot be made or restored; the message is the sentence for the operator.</summary>
internal sealed class BackupException : Exception
{
    public BackupException(string message)
        : base(message)
    {
    }

    public BackupException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
