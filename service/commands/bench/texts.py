"""What the listeners of a load test ask for."""

SENTENCES = (
    "El camión salió de Guadalajara a las cinco de la mañana con la carga completa.",
    "Llegó a Tijuana dos días después, cuando ya nadie lo esperaba en la bodega.",
    "El conductor contó que la carretera estuvo cerrada varias horas por la lluvia.",
    "Al final todos se sentaron a cenar y brindaron por el viaje más largo del año.",
    "¿Podría confirmarme el número de su pedido antes de continuar, por favor?",
    "Su cita quedó registrada para el martes catorce de mayo a las tres de la tarde.",
    "La abuela guardaba las recetas en una caja de lata junto a la ventana.",
    "En la plaza del pueblo los músicos afinaban las guitarras bajo los naranjos.",
    "El pronóstico anuncia cielos despejados en la costa y neblina en la sierra.",
    "Gracias por llamar; enseguida lo comunico con el área de atención a clientes.",
    "Los estudiantes presentaron sus proyectos frente a un jurado de cinco profesores.",
    "Nadie supo explicar por qué el reloj de la torre se detuvo aquella noche.",
    "El pago se realizó con éxito y el comprobante llegará a su correo en minutos.",
    "Subieron al cerro antes del amanecer para ver salir el sol sobre el valle.",
    "¡Qué alegría verlos de nuevo después de tantos años sin noticias suyas!",
    "La biblioteca abre de lunes a viernes y los sábados solo por la mañana.",
    "El panadero dejó enfriar las conchas sobre la mesa y salió a barrer la acera.",
    "Para cambiar su contraseña, siga el enlace que acabamos de enviarle.",
    "El río creció tanto que el puente viejo quedó bajo el agua hasta el jueves.",
    "Mi hermano aprendió a tocar el charango escuchando los discos de mi padre.",
    "El vuelo a Bogotá saldrá con cuarenta minutos de retraso por la puerta nueve.",
    "Cuando terminó la función, el público se quedó aplaudiendo de pie.",
    "La cosecha de café fue la mejor de la última década en toda la región.",
    "Recuerde apagar las luces y cerrar bien la puerta antes de salir.",
)
"""Neutral Spanish of 60 to 90 characters, written for this."""
