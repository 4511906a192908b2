namespace Headgate.Portal.Provider.Gateways;

internal static class GrainFactoryExtensions
{
    public static IDirectory Directory(this IGrainFactory grains) => grains.GetGrain<IDirectory>("directory");
}
