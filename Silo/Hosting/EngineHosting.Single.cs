using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Hosting;

/// <summary>Puts the engine of this edition into a host: <c>Grains.Embedded</c>.</summary>
internal static class EngineHosting
{
    /// <summary>Adds the engine.</summary>
    public static void UseEngine(this IHostApplicationBuilder builder) => builder.UseOrleans();
}
