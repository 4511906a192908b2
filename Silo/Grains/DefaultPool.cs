namespace Headgate.Silo.Grains;

internal static class DefaultPool
{
    public const string Id = "default";

    /// <summary><paramref name="pools"/>, or the default pool where there are none.</summary>
    public static ImmutableArray<string> Or(IReadOnlyCollection<string> pools) => pools.Count == 0 ? [Id] : [.. pools];
}
