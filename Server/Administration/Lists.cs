using Headgate.Grains;
using Headgate.Silo.Problems;

namespace Headgate.Server.Administration;

/// <summary>Paging and ids in paths, alike for every list.</summary>
internal static class Lists
{
    public const int MaxTake = 500;

    public static IDirectory Directory(IClusterClient grains) => grains.GetGrain<IDirectory>("directory");

    public static PageRequest Page(int? skip, int? take, string? search)
    {
        new FieldChecks().Range("skip", skip ?? 0, 0, int.MaxValue).Range("take", take ?? MaxTake, 1, MaxTake).Text("search", search, 0, 100).Done();
        return new PageRequest(skip ?? 0, take ?? MaxTake, search);
    }

    /// <summary>An id out of a path.</summary>
    public static string Id(string field, string value)
    {
        new FieldChecks().Id(field, value).Done();
        return value;
    }
}
