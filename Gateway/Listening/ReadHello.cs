using System.Diagnostics.CodeAnalysis;

namespace Headgate.Gateway.Listening;

/// <summary>What a connection began with: a name and the bytes that carried it, or a reason.</summary>
internal sealed class ReadHello
{
    private readonly Refusal _refusal;

    public ReadHello(string serverName, byte[] bytes)
    {
        ServerName = serverName;
        Bytes = bytes;
    }

    public ReadHello(Refusal refusal)
    {
        _refusal = refusal;
        Bytes = [];
    }

    /// <summary>The name asked for, in lower case.</summary>
    public string? ServerName { get; }

    /// <summary>Everything received so far, for the target.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether the hello is refused, and why.</summary>
    [MemberNotNullWhen(false, nameof(ServerName))]
    public bool IsRefused(out Refusal refusal)
    {
        refusal = _refusal;
        return ServerName is null;
    }
}
