using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace Headgate.Silo.Listening;

/// <summary>How large an endpoint's request body may be, where the listener's own limit does not fit.</summary>
internal sealed class BodyLimit(long bytes) : IRequestSizeLimitMetadata
{
    /// <summary>The limit of every endpoint that does not name another.</summary>
    public const long Default = 256 * 1024;

    public long? MaxRequestBodySize => bytes;
}

internal static class BodyLimitExtensions
{
    /// <summary>Takes bodies of at most <paramref name="bytes"/>.</summary>
    public static TBuilder WithBodyLimit<TBuilder>(this TBuilder builder, long bytes)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new BodyLimit(bytes));
}
