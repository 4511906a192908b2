using System.Net;

namespace Headgate.Portal.Provider.Gateways;

/// <summary>A gateway's fields as they are typed. A copy: live answers do not touch it.</summary>
public sealed class GatewayForm
{
    /// <summary>Field names, as the grain says them.</summary>
    internal const string GatewayField = "gateway", NameField = "displayName", HostField = "host", PortField = "port", WeightField = "weight", PoolsField = "pools";

    internal static readonly string[] Fields = [GatewayField, NameField, HostField, PortField, WeightField, PoolsField];

    private const int MaxWeight = 1000;
    private const int MaxPools = 16;

    /// <summary>Its id.</summary>
    public string Id { get; set; } = "";

    /// <summary>Free text.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>Advertised name or address.</summary>
    public string Host { get; set; } = "";

    /// <summary>Advertised port; null while what is typed is no number.</summary>
    public int? Port { get; set; } = 6180;

    /// <summary>Where the public address is.</summary>
    public GatewayMode Mode { get; set; }

    /// <summary>Its weight; null while what is typed is no number.</summary>
    public int? Weight { get; set; } = 100;

    /// <summary>Pools it is in.</summary>
    public List<string> Pools { get; set; } = ["default"];

    /// <summary>A copy of what is stored.</summary>
    public static GatewayForm Of(GatewayInfo gateway) => new()
    {
        Id = gateway.Gateway,
        DisplayName = gateway.DisplayName,
        Host = gateway.Host,
        Port = gateway.Port,
        Mode = gateway.Mode,
        Weight = gateway.Weight,
        Pools = [.. gateway.Pools],
    };

    /// <summary>What is wrong, by field; empty when nothing is.</summary>
    public Faults Validate()
    {
        Host = Host.Trim();
        DisplayName = DisplayName.Trim();
        var faults = new Faults();
        faults.Check(GatewayField, Names.IsId(Id), Id.Length == 0 ? "The id is missing." : $"An id has {Names.IdRule}.");
        faults.Check(NameField, DisplayName.Length <= Names.MaxDisplayName && !DisplayName.Any(char.IsControl), $"A name has at most {Names.MaxDisplayName} characters.");
        faults.Check(HostField, IsHost(Host), Host.Length == 0
            ? "The address is missing: what tenants connect to."
            : "This is neither an IP address nor a DNS name in lower case. The port has a field of its own.");
        faults.Check(PortField, Port is >= 1 and <= 65535, "A port is a number from 1 to 65535.");
        faults.Check(WeightField, Weight is >= 1 and <= MaxWeight, $"A weight is a number from 1 to {MaxWeight}; 100 is ordinary.");
        faults.Check(PoolsField, Pools.Count <= MaxPools, $"A gateway is in at most {MaxPools} pools.");
        return faults;
    }

    /// <summary>What to make.</summary>
    public CreateGateway ToCreate() => new(Mode, Host, Port!.Value, Weight!.Value, [.. Pools], DisplayName);

    /// <summary>What to change from <paramref name="stored"/>: fields that were not touched stay out of it.</summary>
    public ChangeGateway ToChange(GatewayInfo stored, long expectedVersion) => new(
        null,
        Mode == stored.Mode ? null : Mode,
        Host == stored.Host ? null : Host,
        Port == stored.Port ? null : Port,
        Weight == stored.Weight ? null : Weight,
        HasPools(stored.Pools) ? null : [.. Pools],
        expectedVersion,
        DisplayName == stored.DisplayName ? null : DisplayName);

    /// <summary>Whether something was typed that is not in <paramref name="stored"/>.</summary>
    public bool Differs(GatewayInfo stored) => ConflictsWith(stored).Count > 0;

    /// <summary>Fields that differ from <paramref name="stored"/>, with both values.</summary>
    public IReadOnlyList<Conflict> ConflictsWith(GatewayInfo stored)
    {
        var conflicts = new List<Conflict>();
        void Add(string field, string mine, string theirs, bool isSame)
        {
            if (!isSame)
            {
                conflicts.Add(new Conflict(field, mine, theirs));
            }
        }

        Add("Display name", OrNone(DisplayName), OrNone(stored.DisplayName), DisplayName == stored.DisplayName);
        Add("Public address", Host, stored.Host, Host == stored.Host);
        Add("Port", Port?.ToString() ?? "", stored.Port.ToString(), Port == stored.Port);
        Add("Mode", AddressText.Of(Mode), AddressText.Of(stored.Mode), Mode == stored.Mode);
        Add("Weight", Weight?.ToString() ?? "", stored.Weight.ToString(), Weight == stored.Weight);
        Add("Pools", Listed(Pools), Listed(stored.Pools), HasPools(stored.Pools));
        return conflicts;
    }

    /// <summary>Which field a refusal is about that something exists: the address, or the id.</summary>
    internal static string FieldOf(RefusedException exists) => exists.Message.Contains("advertised", StringComparison.Ordinal) ? HostField : GatewayField;

    /// <summary>Whether a person who edited <paramref name="before"/> sees the same fields in <paramref name="after"/>.</summary>
    public static bool AreSame(GatewayInfo before, GatewayInfo after) => !Of(before).Differs(after);

    private static bool IsHost(string host) =>
        IPAddress.TryParse(host, out var address)
            ? address.ToString() == host || host.Contains(':')
            : host.Length is > 0 and <= 253 && host.Split('.').All(label => label.Length is > 0 and <= 63
                && label.All(character => character is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') && label[0] != '-' && label[^1] != '-');

    private static string OrNone(string text) => text.Length == 0 ? "(none)" : text;

    private static string Listed(IEnumerable<string> pools) => string.Join(", ", pools.Order(StringComparer.Ordinal));

    private bool HasPools(ImmutableArray<string> pools) => pools.Length == Pools.Count && pools.All(Pools.Contains);
}
