namespace Headgate.Silo.Listening;

/// <summary>Among a connection's features: the API that its listener serves.</summary>
internal interface IApiFeature
{
    /// <summary>The API.</summary>
    ApiKind Kind { get; }
}
