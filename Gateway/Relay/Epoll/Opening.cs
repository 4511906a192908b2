using System.Buffers;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What a connection needs only until its relay begins. Pooled by the loop.</summary>
internal sealed class Opening
{
    /// <summary>Its neighbours in <see cref="OpeningList"/>.</summary>
    public EdgeConnection? Earlier { get; set; }

    public EdgeConnection? Later { get; set; }

    /// <summary>When the stage must be over.</summary>
    public long Deadline { get; set; }

    /// <summary>Bytes kept between two events: the hello so far, or PROXY header and hello for a target that has not answered.</summary>
    public byte[]? Kept { get; private set; }

    /// <summary>How many they are.</summary>
    public int KeptBytes { get; private set; }

    /// <summary>How many of them are the tenant's own.</summary>
    public int HelloBytes { get; set; }

    /// <summary>Where it leads; its addresses; which is tried next; why the last one failed.</summary>
    public RelayTarget? Target { get; set; }

    public EdgeAddress[] Addresses { get; set; } = [];

    public int NextAddress { get; set; }

    public string? Why { get; set; }

    /// <summary>Whose connection it will be, and its limit.</summary>
    public string? Tenant { get; set; }

    public long? BytesPerSecond { get; set; }

    /// <summary>Bytes that a refused peer sent still.</summary>
    public int Drained { get; set; }

    public ReadOnlySpan<byte> KeptSpan => Kept.AsSpan(0, KeptBytes);

    /// <summary>Keeps <paramref name="all"/> instead of what was kept before, with room for <paramref name="atLeast"/> bytes.</summary>
    public void Keep(ReadOnlySpan<byte> all, int atLeast)
    {
        if (Kept is null || Kept.Length < all.Length)
        {
            Forget();
            Kept = ArrayPool<byte>.Shared.Rent(Math.Max(all.Length, atLeast));
        }

        all.CopyTo(Kept);
        KeptBytes = all.Length;
    }

    /// <summary>Hands the kept array to somebody who returns it to the pool.</summary>
    public byte[]? TakeKept()
    {
        var kept = Kept;
        Kept = null;
        KeptBytes = 0;
        return kept;
    }

    public void Forget()
    {
        if (TakeKept() is { } kept)
        {
            ArrayPool<byte>.Shared.Return(kept);
        }
    }

    /// <summary>As new.</summary>
    public void Clear()
    {
        Forget();
        Deadline = 0;
        HelloBytes = 0;
        Target = null;
        Addresses = [];
        NextAddress = 0;
        Why = null;
        Tenant = null;
        BytesPerSecond = null;
        Drained = 0;
    }
}
