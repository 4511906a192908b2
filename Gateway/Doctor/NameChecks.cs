using System.Globalization;
using System.Net;

namespace Headgate.Gateway.Doctor;

/// <summary>What DNS says of the provider's names, seen from this machine.</summary>
internal sealed class NameChecks(DnsResolver resolver, Examination found)
{
    private const string Wildcard = "*.";

    private static readonly TimeSpan s_longTime = TimeSpan.FromMinutes(5);

    /// <summary>Addresses of a host: itself, or what DNS says of it.</summary>
    public async Task<IReadOnlyList<IPAddress>> HostAsync(string check, string host, string toDo, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        var answer = await resolver.AddressesAsync(host, cancellationToken);
        if (answer.Fault is not null || answer.Addresses.Count == 0)
        {
            found.Fail(check, answer.Fault ?? $"{host} has no address", toDo);
        }
        else
        {
            found.Ok(check, Describe(host, answer));
        }

        return answer.Addresses;
    }

    /// <summary>A name that clients resolve, and that must lead to the gateways.</summary>
    /// <param name="name">The name, or a wildcard: then some name below it is asked for.</param>
    /// <param name="gateways">Gateways that serve, with their addresses; empty when this machine does not know them.</param>
    /// <param name="others">Gateways that do not serve now, with their addresses.</param>
    /// <param name="whenMissing">How bad it is when there is no such name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task PublicAsync(
        string name,
        IReadOnlyDictionary<IPAddress, string> gateways,
        IReadOnlyDictionary<IPAddress, string> others,
        FindingLevel whenMissing,
        CancellationToken cancellationToken)
    {
        var check = "dns " + name;
        var answer = await resolver.AddressesAsync(name.StartsWith(Wildcard, StringComparison.Ordinal) ? $"doctor-{Guid.NewGuid():N}.{name[Wildcard.Length..]}" : name, cancellationToken);
        if (answer.Fault is not null)
        {
            found.Fail(check, answer.Fault, "Name a name server that answers with --dns-server ADDRESS[:PORT], or mend this machine's.");
            return;
        }

        if (answer.Addresses.Count == 0)
        {
            var wanted = gateways.Count == 0 ? "the gateways' public addresses" : string.Join(", ", gateways.Keys);
            var toDo = $"Add A (AAAA) records for {name}: {wanted}.";
            if (whenMissing == FindingLevel.Problem)
            {
                found.Fail(check, "has no address: nobody finds the gateways by it", toDo);
            }
            else
            {
                found.Warn(check, "has no address", toDo + " Only needed where somebody uses it.");
            }

            return;
        }

        var count = found.Findings.Count;
        if (answer.TimeToLive > s_longTime)
        {
            found.Warn(
                check,
                string.Create(CultureInfo.InvariantCulture, $"may be remembered for {answer.TimeToLive.TotalSeconds:0} s: a gateway that is taken out goes on being tried for so long"),
                "Set a TTL of 60 to 300 seconds.");
        }

        if (gateways.Count + others.Count > 0)
        {
            Compare(check, name, answer, gateways, others);
        }

        if (found.Findings.Count == count)
        {
            found.Ok(check, Describe(name, answer));
        }
    }

    /// <summary>Whether an address leads back to a name, and that name to the address.</summary>
    public async Task ReverseAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var check = $"dns {address}";
        var (names, fault) = await resolver.NamesAsync(address, cancellationToken);
        if (names.Count == 0)
        {
            found.Warn(check, fault ?? "has no name (PTR)", $"Have whoever owns the address add a PTR record, such as {DnsResolver.Reverse(address)} -> the gateway's name: some firewalls and logs go by it.");
            return;
        }

        foreach (var name in names)
        {
            var back = await resolver.AddressesAsync(name, cancellationToken);
            if (!back.Addresses.Contains(address))
            {
                found.Warn(check, $"its name is {name}, which leads to {Join(back.Addresses)}", $"Let {name} lead to {address}, or the PTR record name what does.");
                return;
            }
        }

        found.Ok(check, $"is {string.Join(", ", names)}, and back");
    }

    private static string Describe(string name, DnsAddresses answer) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} leads to {Join(answer.Addresses)} (TTL {answer.TimeToLive.TotalSeconds:0} s)");

    private static string Join(IEnumerable<IPAddress> addresses) => string.Join(", ", addresses) is { Length: > 0 } text ? text : "nothing";

    private void Compare(
        string check, string name, DnsAddresses answer, IReadOnlyDictionary<IPAddress, string> gateways, IReadOnlyDictionary<IPAddress, string> others)
    {
        foreach (var address in answer.Addresses.Where(address => !gateways.ContainsKey(address)))
        {
            if (others.TryGetValue(address, out var resting))
            {
                found.Warn(check, $"leads to {address}, which is {resting}", $"Take the record away while that gateway rests: every client that draws it loses 3 s.");
            }
            else
            {
                found.Fail(check, $"leads to {address}, where no gateway of yours is", $"Take the record {name} -> {address} away, or register the gateway there.");
            }
        }

        foreach (var (address, gateway) in gateways.Where(gateway => !answer.Addresses.Contains(gateway.Key)))
        {
            found.Warn(check, $"does not lead to {address} ({gateway})", $"Add the record {name} -> {address}: when the others are away, nobody finds this one.");
        }
    }
}
