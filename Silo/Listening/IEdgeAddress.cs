namespace Headgate.Silo.Listening;

/// <summary>Where gateways and repositories reach the edge API. Known once it listens.</summary>
internal interface IEdgeAddress
{
    /// <summary>Host and port, as they stand in enrolment codes.</summary>
    /// <exception cref="InvalidOperationException">The edge API does not listen yet.</exception>
    (string Host, int Port) EdgeAddress { get; }
}
