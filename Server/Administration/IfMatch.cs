using System.Globalization;
using Headgate.Silo.Grains;
using Headgate.Silo.Problems;
using Microsoft.Net.Http.Headers;

namespace Headgate.Server.Administration;

/// <summary>
/// <c>If-Match: "7"</c> (RFC 9110, 13.1.1) on any request that changes something: it is done only if the thing that the path names, or for a part of it the thing it belongs
/// to, is still at that version. Otherwise 409 with the current version, as for a version in the body.
/// </summary>
internal static class IfMatch
{
    /// <summary>Heeds it from here on.</summary>
    public static IApplicationBuilder UseIfMatch(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Request.Headers.IfMatch.ToString() is { Length: > 0 } text && text != "*")
        {
            var given = EntityTagHeaderValue.TryParse(text, out var tag) && !tag.IsWeak ? tag.Tag.Value!.Trim('"') : text;
            var isVersion = long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var version);
            new FieldChecks().Require(isVersion, "If-Match", text, "one version, such as \"7\", or *").Done();
            ExpectedVersion.Set(version);
        }

        return next(context);
    });
}
