using System.Reflection;

namespace Orleans.Engine;

/// <summary>Finds the grain classes of a program.</summary>
internal static class GrainDiscovery
{
    private static readonly string Self = typeof(GrainDiscovery).Assembly.GetName().Name!;

    /// <summary>
    /// The grain classes in all assemblies that are loaded or that the program refers to, however far away. Classes that are generic, abstract or
    /// private within another class are none.
    /// </summary>
    internal static Type[] FindClasses()
    {
        var found = new Dictionary<string, Assembly>();
        var queue = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(static a => !a.IsDynamic));
        if (Assembly.GetEntryAssembly() is { } entry)
        {
            queue.Enqueue(entry);
        }

        while (queue.TryDequeue(out var assembly))
        {
            if (IsOfFramework(assembly.GetName()) || !found.TryAdd(assembly.GetName().Name!, assembly))
            {
                continue;
            }

            foreach (var name in assembly.GetReferencedAssemblies().Where(name => !IsOfFramework(name) && !found.ContainsKey(name.Name!)))
            {
                if (TryLoad(name) is { } referred)
                {
                    queue.Enqueue(referred);
                }
            }
        }

        return [.. found.Values
            .Where(static assembly => assembly.GetReferencedAssemblies().Any(static name => name.Name == Self))
            .SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false, IsNestedPrivate: false }
                && type.IsAssignableTo(typeof(IGrainBase)))
            .OrderBy(static type => type.FullName, StringComparer.Ordinal)];
    }

    private static bool IsOfFramework(AssemblyName name) => name.Name is null or "System" or "mscorlib" or "netstandard"
        || name.Name.StartsWith("System.", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // An optional dependency that is not deployed cannot hold grains.
            return null;
        }
    }
}
