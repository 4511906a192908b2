using System.Net;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>The addresses of targets: of an address itself for good, of a name for some seconds. For one loop.</summary>
internal sealed class TargetNames(TimeProvider time)
{
    private const int MostNames = 1024;
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Host, int Port), (EdgeAddress[] Addresses, long KeptAt, bool IsLiteral)> _known = [];

    /// <summary>The addresses of <paramref name="target"/>; false when they must be asked for.</summary>
    public bool Find(RelayTarget target, out EdgeAddress[] addresses)
    {
        if (_known.TryGetValue((target.Host, target.Port), out var known) && (known.IsLiteral || time.GetElapsedTime(known.KeptAt) < s_keptFor))
        {
            addresses = known.Addresses;
            return true;
        }

        if (IPAddress.TryParse(target.Host, out var literal))
        {
            addresses = Keep(target, [literal], isLiteral: true);
            return true;
        }

        addresses = [];
        return false;
    }

    /// <summary>Keeps what was asked for.</summary>
    public EdgeAddress[] Keep(RelayTarget target, IPAddress[] found) => Keep(target, found, isLiteral: false);

    private EdgeAddress[] Keep(RelayTarget target, IPAddress[] found, bool isLiteral)
    {
        if (_known.Count >= MostNames)
        {
            _known.Clear();
        }

        var addresses = Array.ConvertAll(found, address => EdgeAddress.Of(address, target.Port));
        _known[(target.Host, target.Port)] = (addresses, time.GetTimestamp(), isLiteral);
        return addresses;
    }
}
