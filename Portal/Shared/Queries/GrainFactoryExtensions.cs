namespace Headgate.Portal;

/// <summary>The grains of which there is one.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>The lists.</summary>
    public static IDirectory Directory(this IGrainFactory grains) => grains.GetGrain<IDirectory>("directory");
}
