using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A call as data.</summary>
public interface IInvokable
{
    /// <summary>How many arguments there are, a cancellation token included.</summary>
    int GetArgumentCount();

    /// <summary>One argument.</summary>
    /// <param name="index">Its place, from 0.</param>
    object? GetArgument(int index);

    /// <summary>Replaces one argument before the call goes on.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <param name="value">The new value, of the parameter's type.</param>
    void SetArgument(int index, object value);

    /// <summary>The method's name.</summary>
    string GetMethodName();

    /// <summary>The interface's name, with its namespace.</summary>
    string GetInterfaceName();

    /// <summary>The method in the interface.</summary>
    MethodInfo GetMethod();

    /// <summary>The interface.</summary>
    Type GetInterfaceType();
}
