namespace Orleans;

/// <summary>The factory for code that is no grain: endpoints, hosted services, tests.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The host's services.</summary>
    IServiceProvider ServiceProvider { get; }
}
