namespace Orleans;

/// <summary>Gives references to grains. A reference is cheap, never null, and makes no activation before its first call. Thread-safe.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain with this key.</summary>
    /// <param name="primaryKey">The key, compared ordinally.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes of one interface by the start of the class's full name.</param>
    /// <typeparam name="TGrainInterface">The interface to call it by.</typeparam>
    /// <exception cref="ArgumentException">The key is empty or white space, or no class or more than one implements the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
}
