namespace Headgate.Connector.Forwarding;

/// <summary>What the first request head of a loopback connection is worth.</summary>
internal enum HeadVerdict
{
    /// <summary>It shows the secret.</summary>
    Accepted,

    /// <summary>No credentials, wrong ones, or more than one set. 401.</summary>
    Unauthorized,

    /// <summary>Not a request head. 400.</summary>
    Malformed,

    /// <summary>Longer than 16 KiB. 431.</summary>
    TooLarge,

    /// <summary>Not whole within 5 s. 408.</summary>
    TooSlow,

    /// <summary>The client went away first.</summary>
    Gone,
}
