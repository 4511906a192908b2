namespace Headgate.Connector.Forwarding;

/// <summary>How a relayed connection ended.</summary>
internal enum RelayEnd
{
    /// <summary>Both sides said that they were done.</summary>
    Completed,

    /// <summary>The tool reset its connection; so was the other.</summary>
    ClientReset,

    /// <summary>The gateway or the repository went away after it had answered something; the tool's connection was reset.</summary>
    Lost,

    /// <summary>The same before a single byte of an answer.</summary>
    LostBeforeAnswer,

    /// <summary>The authenticated repository refused the connection with a TLS alert before it answered anything. The tool's connection is whole.</summary>
    RefusedByRepository,

    /// <summary>This program is stopping.</summary>
    Stopped,
}
