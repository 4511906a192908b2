namespace Orleans.Runtime;

/// <summary>Marks a constructor parameter of type <see cref="IPersistentState{TState}"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    /// <summary>Names the state and where it is kept.</summary>
    /// <param name="stateName">The name that storage is told.</param>
    /// <param name="storageName">The key that the <c>IGrainStorage</c> is registered under; null means the one that is registered without a key.</param>
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        (StateName, StorageName) = (stateName, storageName);
    }

    /// <summary>The name that storage is told.</summary>
    public string StateName { get; }

    /// <summary>The key that the <c>IGrainStorage</c> is registered under; null means the one that is registered without a key.</summary>
    public string? StorageName { get; }
}
